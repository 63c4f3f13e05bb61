"""Pages of the dashboard; `app.py` finds every `NN_*.py` here."""
