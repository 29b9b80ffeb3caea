"""The OpenID Connect provider of the local run: a person is picked on a page, and no password is asked.

It serves `http://127.0.0.1:<port>` and knows only the clients of this computer. In AWS, a Cognito user pool
or an issuer of your own takes its place.
"""
