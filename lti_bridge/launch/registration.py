"""What an LMS imports to know this tool by LTI 1.1: a basic LTI link in a common cartridge."""

from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from django.conf import settings
from django.urls import reverse

_NAMESPACES = {
    "": "http://www.imsglobal.org/xsd/imslticc_v1p0",
    "blti": "http://www.imsglobal.org/xsd/imsbasiclti_v1p0",
    "lticm": "http://www.imsglobal.org/xsd/imslticm_v1p0",
    "lticp": "http://www.imsglobal.org/xsd/imslticp_v1p0",
}
for _prefix, _uri in _NAMESPACES.items():
    register_namespace(_prefix, _uri)

_CANVAS = "canvas.instructure.com"
#: The places in Canvas where a teacher chooses content.
_CANVAS_PLACEMENTS = ("assignment_selection", "link_selection", "resource_selection")
_TITLE = "LTI Bridge"


def launch_url() -> str:
    """The public address that LMSs launch."""
    return f"{settings.PUBLIC_ORIGIN}{reverse('lti11-launch')}"


def config_xml() -> bytes:
    """The configuration, without any key or secret."""
    link = Element(_name("", "cartridge_basiclti_link"))
    _add(link, "blti:title", _TITLE)
    _add(link, "blti:description", "Opens tests of assessment providers and brings the grades back.")
    _canvas(SubElement(link, _name("blti", "extensions"), platform=_CANVAS))
    _add(link, "blti:launch_url", launch_url())
    if launch_url().startswith("https:"):
        _add(link, "blti:secure_launch_url", launch_url())
    vendor = SubElement(link, _name("blti", "vendor"))
    _add(vendor, "lticp:code", "lti-bridge")
    _add(vendor, "lticp:name", _TITLE)
    xml: bytes = tostring(link, encoding="utf-8", xml_declaration=True)
    return xml


def _canvas(extensions: Element) -> None:
    _property(extensions, "tool_id", "lti_bridge")
    # Providers need names and e-mail addresses: "public" is Canvas's word for that.
    _property(extensions, "privacy_level", "public")
    _property(extensions, "domain", launch_url().split("/")[2])
    for place in _CANVAS_PLACEMENTS:
        options = SubElement(extensions, _name("lticm", "options"), name=place)
        _property(options, "enabled", "true")
        _property(options, "message_type", "ContentItemSelectionRequest")
        _property(options, "text", _TITLE)
        _property(options, "url", launch_url())


def _property(parent: Element, name: str, value: str) -> None:
    SubElement(parent, _name("lticm", "property"), name=name).text = value


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, _name(*name.split(":"))).text = text


def _name(prefix: str, local: str) -> str:
    return f"{{{_NAMESPACES[prefix]}}}{local}"
