"""Eleven published OCDS indicators, computed as OCDS Cardinal 0.0.8 does (MIT, Open Contracting Partnership)."""
