"""Why there is no package::

PackagingFailed
├── NotInstalled    a program is missing
├── CannotInstall   uv refused
├── CannotPackage   Chalice refused
├── CannotCompile   our own code is no Python
├── Undecided       a trigger that services have not had before
└── Unfit           a check found something
"""


class PackagingFailed(RuntimeError):
    """The message is for whoever asked for the package."""
