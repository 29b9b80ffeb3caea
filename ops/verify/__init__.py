"""The command `verify`: does a whole table keep the guarantees, and is it set up as the app needs it?"""
