"""What people did about it: alerts in their hands, decisions, the log of both, and the evidence package."""
