"""Supervised learners, one file each."""
