"""Every module below registers one rule."""
