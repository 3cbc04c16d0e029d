"""The core: frozen values, protocols, errors and findings. No network, no database, no file, no clock."""
