"""Notices: who is told what of alarms and operations, when, and in which words; pure rules."""
