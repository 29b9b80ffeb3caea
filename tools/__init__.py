"""Developer tools: the API's description, the pictures, costs, audits and permissions.

Most of them read the code or the synthesised templates, so that their output matches what is deployed.
"""
