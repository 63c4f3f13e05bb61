"""Keeping an installation running: settings, health, backups, retention and erasure, watching a folder."""
