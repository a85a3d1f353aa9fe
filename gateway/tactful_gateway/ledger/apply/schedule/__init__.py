"""What time does to open invitations: releases, sending, fallbacks, reminders, expiry."""
