"""The commands of `stoplog`, a file each; they ask other modules and print what these say."""
