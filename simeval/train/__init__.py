"""Training and its evidence: how `bc-small` is cloned, and how well it drives on draws that it never saw."""
