"""Eleven published OCDS indicators, as OCDS Cardinal 0.0.8 computes them."""
