"""litterwatch: fixed cameras report suspected illegal dumping; people decide."""

__version__ = "0.1.0"

__all__ = ["__version__"]
