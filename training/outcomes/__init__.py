"""What came of the answers: logged ones scored, versions replayed, sums written; the log pruned.

Knows the published tables, the prediction log, the registry and the models that it replays; how a version becomes
champion is `training.promotion`'s.
"""
