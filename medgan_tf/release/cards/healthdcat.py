"""`healthdcat.jsonld`: an entry for a catalogue of health data, with the fields of HealthDCAT-AP by our own list.

It makes no claim of conformance: whoever publishes the entry completes what this program cannot know, such as the
health data access body, and validates it with the tools of the catalogue.
"""

from collections.abc import Mapping
from typing import Any

from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.card_page import NOT_STATED
from medgan_tf.release.cards.evidence import Evidence, Fact
from medgan_tf.release.cards.sentences import INTENDED, description, headlines, title, training_data

MANDATORY = (
    "dct:title", "dct:description", "dct:identifier", "dct:publisher", "dct:accessRights", "dct:type", "dct:provenance",
    "dcat:theme", "dcat:keyword", "dcat:contactPoint", "dcat:version", "dcat:distribution",
    "dcatap:applicableLegislation", "dpv:hasPurpose", "healthdcatap:healthCategory", "healthdcatap:hdab",
)  # fmt: skip
"""What the entry of a dataset has, by our own list."""
NO_CLAIM = "Made by a program from the release's card. No claim of conformance with HealthDCAT-AP."
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "dcatap": "http://data.europa.eu/r5r/",
    "dpv": "https://w3id.org/dpv#", "foaf": "http://xmlns.com/foaf/0.1/", "vcard": "http://www.w3.org/2006/vcard/ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
}  # fmt: skip
_EHDS = "http://data.europa.eu/eli/reg/2025/327/oj"
_AUTHORITY = "http://publications.europa.eu/resource/authority"


def healthdcat_values(release: Release, facts: Mapping[str, Fact], evidence: Evidence) -> dict[str, Any]:
    """The content of `healthdcat.jsonld`.

    Args:
        release: The release, see `card.plain_release`.
        facts: Its facts.
        evidence: Its result files.
    """
    contact = release.contact or NOT_STATED
    values: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": f"#{release.generator_sha256[:16] or 'release'}",
        "@type": "dcat:Dataset",
        "rdfs:comment": NO_CLAIM,
        "dct:title": _english(title(release)),
        "dct:description": _english(" ".join([description(release), *headlines(facts)])),
        "dct:identifier": f"{release.name} {release.version}",
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": contact},
        "dct:accessRights": {"@type": "dct:RightsStatement", "rdfs:label": release.use_terms or NOT_STATED},
        "dct:type": {"@id": f"{_AUTHORITY}/dataset-type/SYNTHETIC_DATA"},
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": _english(" ".join(training_data(release, facts, evidence))),
        },
        "dct:issued": {"@type": "xsd:date", "@value": release.created},
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/HEAL"},
        "dcat:keyword": [_english(word) for word in ("synthetic", "medical images", *release.labels)],
        "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": contact},
        "dcat:version": release.version,
        "dcat:distribution": [_distribution(release)],
        "dcatap:applicableLegislation": {"@id": _EHDS},
        "dpv:hasPurpose": [_english(sentence) for sentence in INTENDED],
        "healthdcatap:healthCategory": NOT_STATED,
        "healthdcatap:hdab": {"@type": "foaf:Agent", "foaf:name": NOT_STATED},
    }
    if release.images:
        values["healthdcatap:numberOfRecords"] = sum(release.images.values())
    return values


def _distribution(release: Release) -> dict[str, Any]:
    form = {"png": "image/png", "dicom": "application/dicom"}.get(release.form, "application/octet-stream")
    return {
        "@type": "dcat:Distribution",
        "dct:title": _english(title(release)),
        "dcat:accessURL": {"@id": "README.md"},
        "dcat:mediaType": form,
        "dct:license": release.licence or NOT_STATED,
        "dcatap:applicableLegislation": {"@id": _EHDS},
    }


def _english(text: str) -> dict[str, str]:
    return {"@language": "en", "@value": text}
