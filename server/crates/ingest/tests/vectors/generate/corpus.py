"""The seeds of the fuzz targets, taken from the vectors. Usage: python3 corpus.py <vectors> <corpus>"""

import hashlib
import json
import pathlib
import sys

vectors, corpus = map(pathlib.Path, sys.argv[1:])


def seed(target, text):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


for file in sorted(vectors.glob("*.json")):
    if file.stem == "handshakes":
        continue
    vector = json.loads(file.read_text())[0]
    request = vector["request"]
    if vector["signature_header"] is not None:
        seed("header", request["headers"][0][1])
    seed("body", request["body"])
    seed("rule", json.dumps(vector["rule"]))
    if vector["secret"]:
        seed("secret", vector["secret"])
    for _, document in vector["keys"]:
        seed("document", document)
for query in ["", "?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1", "?crc_token=MTYz", "?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53",
              "?challenge_code=a", "?validationToken=a%20b", "?challenge=a", "?bodySHA256=00", "?a=%ff&a", ":443/?#"]:
    seed("url", f"https://hooks.example.com{query}")
seed("rule", "v0:{timestamp}:{header:X-Id}:{json:/a/b}:{method}{url}{body}")
