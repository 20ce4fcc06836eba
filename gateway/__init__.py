"""The gateway: moves bytes, decides nothing."""

from importlib.metadata import version

__version__ = version("stoplog")
