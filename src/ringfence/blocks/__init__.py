"""The blocks of a project-finance model: a resolved deal becomes rows; ``build.py`` is the table of contents."""
