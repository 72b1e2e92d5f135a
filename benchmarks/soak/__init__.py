"""The service under a constant load for minutes: does anything grow, and does a swap hold anybody up?"""
