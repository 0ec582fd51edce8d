"""What somebody should do about a delivery that does not go on, by reason."""

from lds_assets.landing.states import Fate, Reason, State

TO_DO: dict[str, str] = {
    Reason.UNKNOWN_NAME: "move the file out of landing, or ask the supplier what it is",
    Reason.UNKNOWN_TABLE: "tell the maintainers of the supplier folder of the new file kind",
    Reason.GUID_MISMATCH: "ask the supplier which group the file belongs to; move it there",
    Reason.FILES_MISSING: "wait for the copy to end; if it stays, ask the supplier to send the "
    "delivery again",
    Reason.FILES_GONE: "put the files back into landing, or ask the supplier to send them again",
    Reason.TRUNCATED: "wait for the copy to end; if it stays, ask the supplier to send the file "
    "again",
    Reason.HEADER_MISSING: "ask the supplier to send the file again with its header",
    Reason.HEADER_DRIFT: "if the supplier changed the layout, bring the supplier folder's "
    "dictionary up to date; if not, ask the supplier to send the file again",
    Reason.DELETES_MISSING: "have removed data switched on in the configuration of the extract, "
    "and ask for a full extract",
    Reason.SPEC_UNKNOWN: "add the feed's new version to the supplier folder",
    Reason.ENCODING: "ask the supplier to send the extract again in the agreed encoding",
    Reason.DECRYPT_FAIL: "see that the key ring (LDS_GNUPG_HOME) holds the platform's key and the "
    "copy is whole; if so, ask the supplier to send the file again",
    Reason.MALFORMED: "ask the supplier to send the delivery again, whole",
    Reason.OWNERS_UNKNOWN: "see whether the delivery is London's at all; if so, bring the register "
    "up to date: the next run tries again",
    Reason.HASH_CHANGED: "ask the supplier which content is right; take the new one "
    "(`lds delivery supersede`) or keep the first (`lds delivery keep`)",
    Reason.REARRIVED: "two persons gave this delivery up; take what came now "
    "(`lds delivery supersede`) or leave it given up (`lds delivery keep`)",
    Reason.REPLAY_DUE: "`lds replay` with this delivery shows what would change and puts it in "
    "place of the version that is loaded",
    Reason.MIXED_BATCH: "take the file that does not belong there out of the delivery's folder",
    Reason.UNREADABLE: "see the file's permissions and the disk; it is looked at again next time",
    Reason.REPEATED: "nothing; its content is loaded once",
    Reason.MANIFEST: "ask the sender of the delivery for a manifest that agrees with its files",
    Reason.DATE_GAP: "ask the sender for the missing window or for a full extract",
    Reason.OVERLAP: "nothing; newer versions of a record win",
    Reason.BULK_MISSING: "ask the supplier for a full extract of the group",
    Reason.KIND_INFERRED: "nothing; if it is of the other kind, tell the supplier and operations",
    Reason.OUT_OF_ORDER: "nothing; newer versions of a record win",
}


def fate(state: State, reason: str = "", detail: str = "") -> Fate:
    """Return a state with its reason and what to do about it."""
    return Fate(state, reason, detail, TO_DO.get(reason, ""))
