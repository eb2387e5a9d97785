"""Asking for what is missing: letters and reminders, with their return code."""
