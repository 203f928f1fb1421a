"""The checks of `allotment doctor`."""
