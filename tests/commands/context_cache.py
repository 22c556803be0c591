"""
Fills the cache in which roc-validator looks when it is offline: the JSON-LD context of RO-Crate 1.1, as PyPI's
rocrate ships it. No network is touched.
Usage: python context_cache.py CACHE
"""

import io
import pathlib
import sys

import requests_cache
import rocrate
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

URL = "https://w3id.org/ro/crate/1.1/context"
CONTEXT = pathlib.Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"


class FromPackage(HTTPAdapter):
    """Answers every request with the package's file."""

    def send(self, request, **_options):
        answer = HTTPResponse(
            body=io.BytesIO(CONTEXT.read_bytes()),
            headers={"Content-Type": "application/ld+json"},
            preload_content=False,
            request_url=request.url,
            status=200,
        )
        return self.build_response(request, answer)


session = requests_cache.CachedSession(cache_name=sys.argv[1], expire_after=-1)
session.mount("https://", FromPackage())
answer = session.get(URL)
answer.raise_for_status()
if answer.json()["@id"] != URL:
    sys.exit(f"{CONTEXT} is the context {answer.json()['@id']}, wanted {URL}: use rocrate 0.15.0")
