"""The plug-in contract made checkable: a new folder, its conformance, its pages."""
