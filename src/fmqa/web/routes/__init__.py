"""The routes that answer in JSON, by subject; ``web/api.py`` puts them together."""
