"""The type checker of `tox -e shapes`."""

import beartype

# An int is also a float, as for mypy (PEP 484).
checked = beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))
