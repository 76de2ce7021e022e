"""Served folders, and files in the making: shared by every protocol that serves or stores files."""
