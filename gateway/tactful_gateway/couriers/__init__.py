"""Sends what is due: looks into the store's schedule, lane by lane, and hands messages to their channels' couriers."""
