"""How the bundled model is made: `python -m classifiers.training --help`, or `make model`."""
