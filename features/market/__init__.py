"""Tests of a whole market or firm: functions over a set of tenders, not columns of a frame."""
