"""Recover: match records that lost their source against known sources."""
