"""Developer tools: the two descriptions, the pictures, costs, audits and permissions.

Most of them read the code or the synthesised templates, so that their output matches what is deployed.
"""
