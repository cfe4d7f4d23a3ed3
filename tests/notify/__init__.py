"""Notifications: rules, words, queue and real servers."""
