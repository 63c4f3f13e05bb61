"""What people did about it."""
