"""The two writers of a report: print and web. Both show every character of a text as it stands."""
