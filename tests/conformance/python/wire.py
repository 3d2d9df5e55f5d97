"""The types of docs/wire-format.md, sections 3 to 8: one table, spelled as encoding.py says."""

import names
from encoding import Blob, Bool, Enum, Fixed, Int, List, Option, Row, Set, Struct, Text, plain

U8, U16, U32, U64, U128, BOOL = Int(1), Int(2), Int(4), Int(8), Int(16), Bool()
HASH, KEY, SIGNATURE = Fixed(32), Fixed(32), Fixed(64)
NO_BOUND = 1 << 32  # objects that only the ledger writes


def imvu_id(text):
    return (
        len(text) >= 3
        and "A" <= text[0] <= "Z"
        and text[-1] != "-"
        and all("A" <= one <= "Z" or "0" <= one <= "9" or one == "-" for one in text)
    )


def label(text):
    return (
        len(text) >= 3
        and "a" <= text[0] <= "z"
        and text[-1] != "-"
        and all("a" <= one <= "z" or "0" <= one <= "9" or one == "-" for one in text)
    )


def tag(text):
    return len(text) >= 2 and all("A" <= one <= "Z" or "0" <= one <= "9" or one == "-" for one in text)


def selector(text):
    return (
        text != ""
        and text[0] != "-"
        and text[-1] != "-"
        and all("a" <= one <= "z" or "0" <= one <= "9" or one == "-" for one in text)
    )


def clean_prefix(value):
    (family, octets), length = next(iter(value["address"].items())), value["length"]
    bits = {"v4": 32, "v6": 128}[family]
    return length <= bits and int(octets, 16) & ((1 << (bits - length)) - 1) == 0


def ascending_keys(value):
    keys = [param["key"] for param in value["params"]]
    return all(a < b for a, b in zip(keys, keys[1:]))


IMVU_ID, JURISDICTION = Text(32, imvu_id), Text(16, tag)
HOST_ID, METER_ID, PROCESSOR_ID = Text(32, label), Text(32, label), Text(32, label)
EXTERNAL_ID = Text(64)  # a payment's name at its processor
NAME, NAME_TEXT = Text(253, names.is_canonical), Text(1024)
QUOTA_FIELDS = (
    "cpu_millis", "memory_bytes", "storage_bytes", "bandwidth_bits", "pids", "io_bytes", "dns_answers",
    "mail_messages", "mail_bytes",
)  # fmt: skip
QUOTA = Struct(**{name: U64 for name in QUOTA_FIELDS})
QUOTA_CHANGE = Struct(
    lambda change: any(value is not None for value in change.values()),
    **{name: Option(U64) for name in QUOTA_FIELDS},
)
ADDRESS = Enum(v4=Fixed(4), v6=Fixed(16))
PREFIX = Struct(clean_prefix, address=ADDRESS, length=U8)
ROUTE_CHANGE = Enum(set=Struct(prefix=PREFIX, next_hop=ADDRESS), remove=PREFIX)
PATH_POLICY = Struct(next_hops=Set(PREFIX, 32), transit=Set(JURISDICTION, 16), egress_open=BOOL)
MAIL_ROUTE = Enum(kept=None, exchange=NAME)
MAIL_ROUTE_CHANGE = Struct(domain=NAME, route=Option(MAIL_ROUTE))
CHANGE = Enum(quota=QUOTA_CHANGE, route=ROUTE_CHANGE, pathPolicy=PATH_POLICY, mailRoute=MAIL_ROUTE_CHANGE)

RECORD_TYPE = plain("a", "aaaa", "cname", "mx", "txt", "srv", "caa", "tlsa", "sshfp", "https", "svcb", "ptr")
SERVICE = Struct(
    ascending_keys, priority=U16, target=Option(NAME), params=List(Struct(key=U16, value=Blob(512)), 8)
)
RDATA = Enum(
    a=Fixed(4),
    aaaa=Fixed(16),
    cname=NAME,
    mx=Struct(preference=U16, exchange=NAME),
    txt=List(Blob(255), 32),
    srv=Struct(priority=U16, weight=U16, port=U16, target=NAME),
    caa=Struct(critical=BOOL, tag=Text(15), value=Blob(255)),
    tlsa=Struct(usage=U8, selector=U8, matching=U8, data=Blob(512)),
    sshfp=Struct(algorithm=U8, kind=U8, fingerprint=Blob(64)),
    https=SERVICE,
    svcb=SERVICE,
    ptr=NAME,
)
RRSET = Struct(rtype=RECORD_TYPE, ttl=U32, records=Set(RDATA, 32))

CHAIN_ID = Text(50)
NETWORK = Struct(chain_id=CHAIN_ID, genesis_hash=HASH, recovery_epoch=U32)
APPROVAL_BODY = Struct(
    network=NETWORK,
    approver=HASH,
    generation=U32,
    imvu=IMVU_ID,
    version=U64,
    before=HASH,
    change=CHANGE,
    permitted=Enum(platform=None, identity=HASH),
    not_before=U64,
    expires=U64,
    salt=U64,
)
APPROVAL = Struct(body=APPROVAL_BODY, signature=SIGNATURE)
ATTESTATION_BODY = Struct(
    network=NETWORK, identity=HASH, attester=HASH, generation=U32, evidence=HASH, expires=U64
)
ATTESTATION = Struct(body=ATTESTATION_BODY, signature=SIGNATURE)
RECOVERY_ATTESTATION_BODY = Struct(
    network=NETWORK, identity=HASH, new_key=KEY, attester=HASH, generation=U32, evidence=HASH, expires=U64
)
RECOVERY_ATTESTATION = Struct(body=RECOVERY_ATTESTATION_BODY, signature=SIGNATURE)
GUARDIANS = Set(HASH, 9)
IMVU_ROLE = plain("operator", "billing", "viewer")
ROTATION_BODY = Struct(network=NETWORK, identity=HASH, generation=U32, new_key=KEY)
VALIDATOR_KEY_BODY = Struct(network=NETWORK, operator=HASH, key=KEY)
TRANSFER_BODY = Struct(network=NETWORK, name=NAME, imvu=IMVU_ID)
RECOVERY_BODY = Struct(
    network=NETWORK, height=U64, app_hash=HASH, time=U64, seats=List(Struct(operator=HASH, key=KEY), 64)
)
IDENTITY_REQUEST_BODY = Struct(network=NETWORK, key=KEY)
IDENTITY_REQUEST = Struct(body=IDENTITY_REQUEST_BODY, signature=SIGNATURE)

RESOURCE = plain("cpu", "memory", "io", "dns", "mail", "network", "mailStorage")
AGENT_KIND = plain("compute", "network", "dns", "mail")
ISOLATION = plain(
    "userNamespace", "pidNamespace", "networkNamespace", "ipcNamespace", "utsNamespace", "cgroupNamespace",
    "mountNamespace", "seccomp", "defaultDrop",
)  # fmt: skip
CAPABILITIES = Struct(
    enforcement=plain("none", "detection", "prevention"),
    isolation=Set(ISOLATION, 9),
    counters_cannot_be_reset=BOOL,
)
HOST_STATUS = plain("open", "closed", "draining", "lost")
HOST_CHANGE = Enum(status=HOST_STATUS, capacity=QUOTA, capabilities=CAPABILITIES, jurisdiction=JURISDICTION)
METER_SCOPE = plain("host", "everywhere")

ITEM = Enum(imvu=IMVU_ID, snapshot=Struct(imvu=IMVU_ID, number=U64), restore=IMVU_ID)
ACK_OUTCOME = plain("applied", "stopped", "noResources", "refused", "noContent")
ACK = Struct(item=ITEM, generation=U64, outcome=ACK_OUTCOME, observed=HASH)
DRIFT = Struct(
    imvu=Option(IMVU_ID),
    kind=plain("limit", "route", "filter", "shaper", "zone", "mail", "process"),
    expected=HASH,
    found=HASH,
    process=Text(64),
    pid=U32,
    detected=U64,
    reverted=Option(U64),
)
METER_LINE = Struct(target=Enum(slot=U32, imvu=IMVU_ID), counters=List(U64, 3), dropped=U64)
METER_RECORD_BODY = Struct(
    network=NETWORK,
    meter=METER_ID,
    sequence=U64,
    previous=HASH,
    boot=Fixed(16),
    kind=plain("reading", "gap"),
    start=U64,
    end=U64,
    max_unmetered_ms=U32,
    lines=List(METER_LINE, 3_000),
)
METER_RECORD = Struct(body=METER_RECORD_BODY, signatures=List(Struct(key=U8, signature=SIGNATURE), 8))
REPORT = Struct(
    sequence=U64,
    through=U64,
    capabilities=Option(HASH),
    acks=List(ACK, 512),
    usage=List(METER_RECORD, 16),
    drifts=List(DRIFT, 64),
)

PERIOD = U64
MICROS, GRAINS = U128, U128
PRICE = Struct(lambda price: price["per"] > 0, micros=U64, per=U64)
PRICES = Row(PRICE, len(RESOURCE.names))
STANDING_CONSENT = plain("debtLadder", "keyRollover")

SELECTOR = Text(63, selector)
DKIM_PUBLIC_KEY = Enum(rsa=Blob(560), ed25519=KEY)
ADDRESS_LIMITS = Struct(messages_day=U64, recipients_day=U64, storage_bytes=U64)

PURPOSE = plain(
    "service", "support", "billing", "legalObligation", "security", "analytics", "personalisation", "newsletter",
    "advertising", "profiling", "sharing", "transfer", "research", "specialCategory", "minor",
)  # fmt: skip
TAKEN = Struct(digest=HASH, bytes=U64, taken_at=U64)
LOSS_REASON = plain("noVolume", "unreadable", "noRoom", "gone")

RESTRICTION_SCOPE = plain("outboundFlows", "mail", "serving")
GOVERNANCE_CHANGE = Enum(
    admitOfficer=Struct(officer=HASH),
    removeOfficer=Struct(officer=HASH),
    setOfficersThreshold=Struct(threshold=U8),
    admitAttester=Struct(attester=HASH),
    removeAttester=Struct(attester=HASH),
    admitObserver=Struct(observer=HASH, name=Text(64), platform=BOOL),
    removeObserver=Struct(observer=HASH),
    addValidator=Struct(name=Text(64), key=KEY, platform=BOOL, operator=HASH, proof=SIGNATURE),
    removeValidator=Struct(seat=KEY),
    rotateValidator=Struct(seat=KEY, new_key=KEY, proof=SIGNATURE),
    addJurisdiction=Struct(tag=JURISDICTION),
    removeJurisdiction=Struct(tag=JURISDICTION),
    denyName=Struct(name=NAME, below=BOOL),
    allowName=Struct(name=NAME),
    extendContainment=Struct(imvu=IMVU_ID, span_ms=U64),
    liftRestriction=Struct(imvu=IMVU_ID),
    upgrade=Struct(height=U64, app_version=U64, sha256=HASH),
    cancelUpgrade=None,
)
COLLECTION_KIND = plain(
    "audit", "violations", "notices", "usage", "drifts", "money", "statements", "consents", "snapshots", "mailEpochs",
    "exits",
)  # fmt: skip
ARCHIVE_PART = Enum(
    collection=COLLECTION_KIND, zones=None, mail=None, mailboxes=None, volume=None, vault=None, transferCodes=None
)
INVENTORY = Struct(at=U64, parts=List(Struct(part=ARCHIVE_PART, items=U64, root=HASH), 24))
DS = Struct(key_tag=U16, algorithm=U8, digest_type=U8, digest=Blob(48))
DELEGATION = Struct(servers=Set(NAME, 8), ds=Set(DS, 8), ttl=U32)
TRANSFER_CODE = Struct(key=KEY, expires=U64)
ACTION = Enum(
    registerIdentity=Struct(key=KEY, attestation=Option(ATTESTATION)),
    rotateKey=Struct(new_key=KEY, proof=SIGNATURE),
    revokeIdentity=None,
    createImvu=Struct(imvu=IMVU_ID, jurisdiction=Option(JURISDICTION), quota=QUOTA),
    activateImvu=Struct(imvu=IMVU_ID, host=Option(HOST_ID)),
    describeImvu=Struct(imvu=IMVU_ID, description=Text(280)),
    setJurisdiction=Struct(imvu=IMVU_ID, jurisdiction=JURISDICTION),
    proposeQuota=Struct(imvu=IMVU_ID, change=QUOTA_CHANGE, expires=U64),
    proposeRoute=Struct(imvu=IMVU_ID, change=ROUTE_CHANGE, expires=U64),
    proposePathPolicy=Struct(imvu=IMVU_ID, policy=PATH_POLICY, expires=U64),
    changeQuota=Struct(imvu=IMVU_ID, change=QUOTA_CHANGE),
    changeRoute=Struct(imvu=IMVU_ID, change=ROUTE_CHANGE),
    changePathPolicy=Struct(imvu=IMVU_ID, policy=PATH_POLICY),
    signApproval=Struct(proposal=HASH, approval=APPROVAL),
    revokeApproval=Struct(imvu=IMVU_ID, approval=HASH),
    claimDomain=Struct(name=NAME_TEXT, imvu=IMVU_ID),
    releaseDomain=Struct(name=NAME_TEXT),
    setRecords=Struct(zone=NAME_TEXT, owner=NAME_TEXT, rrset=RRSET),
    removeRecords=Struct(zone=NAME_TEXT, owner=NAME_TEXT, rtype=RECORD_TYPE),
    setSplit=Struct(imvu=IMVU_ID, creator_percent=U8, platform_percent=U8),
    proposeParameter=Struct(parameter=Enum(split=Struct(creator_percent=U8, platform_percent=U8))),
    selfReportUsage=Struct(imvu=IMVU_ID, resource=RESOURCE, quantity=U64),
    deleteAuditEntry=Struct(sequence=U64),
    platformSuspend=Struct(imvu=IMVU_ID, reason=plain("debt", "abuse", "legal", "unstated")),
    stopImvu=Struct(imvu=IMVU_ID, accept_loss=BOOL),
    moveImvu=Struct(imvu=IMVU_ID, host=Option(HOST_ID), accept_loss=BOOL),
    registerHost=Struct(host=HOST_ID, jurisdiction=JURISDICTION, capacity=QUOTA, capabilities=CAPABILITIES),
    changeHost=Struct(host=HOST_ID, change=HOST_CHANGE),
    registerAgent=Struct(host=HOST_ID, kind=AGENT_KIND, key=KEY),
    registerMeter=Struct(
        meter=METER_ID,
        host=HOST_ID,
        kind=AGENT_KIND,
        scope=METER_SCOPE,
        keys=Set(KEY, 8),
        threshold=U8,
        test=BOOL,
        replaces=Option(METER_ID),
    ),
    report=REPORT,
    publishPrices=Struct(**{"from": PERIOD}, prices=PRICES),
    setTaxRate=Struct(region=JURISDICTION, millionths=U32, **{"from": PERIOD}),
    registerProcessor=Struct(processor=PROCESSOR_ID),
    linkProcessor=Struct(imvu=IMVU_ID, processor=PROCESSOR_ID, linked=BOOL),
    recordDeposit=Struct(processor=PROCESSOR_ID, external=EXTERNAL_ID, payer=HASH, amount=MICROS),
    recordSale=Struct(
        processor=PROCESSOR_ID,
        external=EXTERNAL_ID,
        imvu=IMVU_ID,
        gross=MICROS,
        tax=MICROS,
        region=JURISDICTION,
        fee=MICROS,
    ),
    recordRefund=Struct(processor=PROCESSOR_ID, external=EXTERNAL_ID, sale=EXTERNAL_ID, amount=MICROS),
    grantRefund=Struct(processor=PROCESSOR_ID, sale=EXTERNAL_ID, amount=MICROS),
    openDispute=Struct(processor=PROCESSOR_ID, sale=EXTERNAL_ID, amount=MICROS, evidence=HASH),
    resolveDispute=Struct(dispute=HASH, won=BOOL),
    requestPayout=Struct(processor=PROCESSOR_ID, amount=MICROS, destination=HASH),
    settlePayout=Struct(payout=HASH, settled=BOOL),
    reconcile=Struct(processor=PROCESSOR_ID, taken_in=MICROS, paid_out=MICROS, statement=HASH),
    signMandate=Struct(imvu=IMVU_ID, payer=HASH, cap=MICROS, until=U64),
    revokeMandate=Struct(imvu=IMVU_ID),
    correctCharge=Struct(imvu=IMVU_ID, period=PERIOD, payer=HASH, amount=MICROS),
    contain=Struct(imvu=IMVU_ID, evidence=HASH, span_ms=U64),
    setStandingConsent=Struct(imvu=IMVU_ID, consent=STANDING_CONSENT, given=BOOL),
    setGuardians=Struct(guardians=GUARDIANS, threshold=U8),
    freezeIdentity=Struct(identity=HASH),
    thawIdentity=Struct(identity=HASH),
    proposeRecovery=Struct(
        identity=HASH, new_key=KEY, proof=SIGNATURE, attestation=Option(RECOVERY_ATTESTATION)
    ),
    vetoPending=Struct(identity=HASH),
    setMember=Struct(imvu=IMVU_ID, member=HASH, role=Option(IMVU_ROLE)),
    recordConsent=Struct(imvu=IMVU_ID, subject=HASH, sequence=U64, purpose=PURPOSE, commitment=HASH),
    revokeConsent=Struct(imvu=IMVU_ID, subject=HASH, sequence=U64, revokes=U64, commitment=HASH),
    eraseConsent=Struct(imvu=IMVU_ID, subject=HASH, sequence=U64, through=U64),
    recordDeletion=Struct(imvu=IMVU_ID, subject=HASH, erasure=U64, receipt=HASH),
    rewriteConsent=Struct(imvu=IMVU_ID, subject=HASH, sequence=U64),
    requestSnapshot=Struct(imvu=IMVU_ID),
    recordSnapshot=Struct(imvu=IMVU_ID, number=U64, outcome=Enum(taken=TAKEN, lost=LOSS_REASON)),
    rewriteSnapshot=Struct(imvu=IMVU_ID, number=U64, digest=HASH),
    dropSnapshot=Struct(imvu=IMVU_ID, number=U64),
    restoreSnapshot=Struct(imvu=IMVU_ID, of=IMVU_ID, number=U64),
    grantAddress=Struct(
        imvu=IMVU_ID, domain=NAME, local=HASH, holder=HASH, limits=ADDRESS_LIMITS, jurisdiction=JURISDICTION
    ),
    revokeAddress=Struct(imvu=IMVU_ID, local=HASH),
    proposeMailRoute=Struct(imvu=IMVU_ID, change=MAIL_ROUTE_CHANGE, expires=U64),
    changeMailRoute=Struct(imvu=IMVU_ID, change=MAIL_ROUTE_CHANGE),
    registerDkimKey=Struct(imvu=IMVU_ID, domain=NAME, selector=SELECTOR, key=DKIM_PUBLIC_KEY),
    revokeDkimKey=Struct(imvu=IMVU_ID, domain=NAME, selector=SELECTOR),
    setMailCredential=Struct(
        imvu=IMVU_ID,
        credential=HASH,
        holder=HASH,
        addresses=Set(HASH, 32),
        secret=HASH,
        expires=U64,
        messages_day=U64,
    ),
    revokeMailCredential=Struct(imvu=IMVU_ID, credential=HASH),
    revokeMailTokens=Struct(imvu=IMVU_ID),
    recordMailEpoch=Struct(
        imvu=IMVU_ID,
        slot=U32,
        epoch=U64,
        first_seq=U64,
        last_seq=U64,
        root=HASH,
        messages=U64,
        recipients=U64,
        bytes=U64,
    ),
    submitGovernance=Struct(change=GOVERNANCE_CHANGE),
    castBallot=Struct(proposal=HASH, digest=HASH, approve=BOOL),
    withdrawGovernance=Struct(proposal=HASH),
    restrictLegally=Struct(imvu=IMVU_ID, order=HASH, scope=RESTRICTION_SCOPE, until=U64),
    appealRestriction=Struct(imvu=IMVU_ID, grounds=HASH),
    announceExit=Struct(imvu=IMVU_ID),
    cancelExit=Struct(imvu=IMVU_ID),
    commitInventory=Struct(imvu=IMVU_ID, number=U64, inventory=INVENTORY),
    recordArchive=Struct(imvu=IMVU_ID, number=U64, digest=HASH, bytes=U64),
    confirmExport=Struct(imvu=IMVU_ID, digest=HASH),
    releaseExit=Struct(imvu=IMVU_ID, accept_loss=BOOL),
    closeExit=Struct(imvu=IMVU_ID),
    findObstruction=Struct(imvu=IMVU_ID, evidence=HASH),
    blockExit=Struct(imvu=IMVU_ID),
    claimExternal=Struct(imvu=IMVU_ID, name=NAME_TEXT),
    observeName=Struct(imvu=IMVU_ID, name=NAME, challenge=HASH, seen=BOOL, evidence=HASH),
    grantChild=Struct(name=NAME, child=NAME, imvu=Option(IMVU_ID)),
    delegateName=Struct(name=NAME, delegation=Option(DELEGATION)),
    setTransferKey=Struct(name=NAME, code=Option(TRANSFER_CODE)),
    redeemTransfer=Struct(name=NAME, imvu=IMVU_ID, signature=SIGNATURE),
)
TX_BODY = Struct(
    network=NETWORK,
    signer=HASH,
    lane=U8,
    nonce=U64,
    expires=U64,
    action=ACTION,
    approvals=List(APPROVAL, 4),
)
COSIGNATURE = Struct(signer=HASH, signature=SIGNATURE)
TX = Struct(
    body=TX_BODY,
    signature=SIGNATURE,
    cosignatures=List(COSIGNATURE, 16, lambda one: bytes.fromhex(one["signer"])),
)

NAME_FAULT = plain(
    "character", "emptyLabel", "labelTooLong", "tooLong", "tooFewLabels", "hyphen", "punycode", "numericTop",
    "underscore", "wildcard", "international",
)  # fmt: skip
ZONE_FAULT = plain(
    "empty", "mixedTypes", "ttl", "tooLarge", "tooManySets", "ownerUnderscore", "ownerWildcard", "cnameAtApex",
    "cnameNotAlone", "cnameChain", "cnameLoop", "targetIsAlias", "targetNotHost", "emptyString", "badCaaTag",
    "noSuchSet",
)  # fmt: skip
REASONS = (
    "attestationMissing", "attesterUnknown", "attestationVoid", "attestationExpired", "identityRevoked", "notOwner",
    "notOfficer", "notAttester", "notVerified", "noHost", "noMeter", "noCapacity", "overEnvelope", "zeroQuota",
    "jurisdictionMissing", "jurisdictionUnknown", "noHostInJurisdiction", "name", "notUnderApex", "nameTaken",
    "ancestorTaken", "descendantTaken", "nameLocked", "nameReserved", "zoneNotBound", "outsideApex", "zone",
    "selfReported", "outsidePathPolicy", "approvalMissing", "approvalUsed", "approvalRevoked", "approvalExpired",
    "approvalNotYetValid", "approvalOtherChange", "approvalOtherImvu", "approvalOtherActor", "approvalVersionMoved",
    "approvalKeyRotated", "approvalNotByOwner", "appendOnly", "splitIsConstant", "platformCannotSuspend",
    "exitUnderway", "belowThreshold", "notFound", "alreadyExists", "wrongState", "limitReached", "noChange",
    "proposalExpired", "notOperator", "notAgent", "notYetUsable", "hostUnknown", "hostNotOpen", "hostNotIsolating",
    "hostNotAttested", "hostInUse", "noAgent", "meterUnknown", "meterForeign", "meterRetired", "meterKeys",
    "meterExists", "meterOnlyForTests", "meterNotSigned", "recordSequence", "recordChain", "recordWindow",
    "recordStraddles", "recordFuture", "recordLines", "reportSequence", "overQuota", "belowTwoThirds",
    "notProcessor", "processorUnknown", "processorNotLinked", "notPayer", "ownerNotSigned", "noticeTooShort",
    "amountZero", "amountTooLarge", "taxOverRate", "feeOverAmount", "overOriginal", "matured", "notMatured",
    "insufficient", "inDebt", "containmentTooLong", "notIndependent", "unbalanced", "identityFrozen",
    "notGuardians", "attesterNotIndependent", "guardiansUnfit", "guardiansOfPlatform", "frozenLately",
    "consentGap", "consentSequenceUsed", "consentNotRecorded", "consentRevoked", "consentErased", "consentImmutable",
    "notCopyHolder", "otherHostsAgent", "snapshotRecorded", "snapshotMissing", "snapshotForeign", "snapshotTime",
    "domainNotBound", "holderNotVerified", "addressNotHolders", "overMailQuota", "mailboxOutsideJurisdiction",
    "rolloverNotConsented", "selectorTaken", "selectorRevoked", "recordOfDkim", "credentialTerm", "noAddress",
    "notItsMailbox", "notItsSubnet", "mailAgentForeign", "stayForeign", "epochSequence", "epochCounts",
    "notCandidate", "notProposer",
    "noVote", "alreadyVoted", "ballotOtherDigest", "ballotRegisterMoved", "ballotOtherEpoch", "platformThird",
    "tooFewSeats", "officersThreshold", "seatTaken", "rolesApart", "lastOfRegister", "nameDenied", "upgradeTooSoon",
    "upgradePlanned", "restrictionTooLong", "belowTwoThirdsOutside",
    "exitIsTheCreators", "exitProtected", "exitTooSoon", "exitReleased", "exitNotOverdue", "noExit", "notExported",
    "noInventory", "inventoryWrong", "archiveRecorded", "archiveOther",
    "notObserver", "challengeOther", "notExternal", "nameExternal", "nameDelegated", "namesBelow", "delegationUnfit",
    "noTransferCode", "transferCodeTerm", "transferCodeKey", "transferNotSigned", "reproofOpen", "notBelow",
)  # fmt: skip
REASON = Enum(**{**dict.fromkeys(REASONS), "name": NAME_FAULT, "zone": ZONE_FAULT})
ACTION_KIND = plain(*ACTION.names)
SUBJECT = Enum(
    chain=None,
    identity=HASH,
    imvu=IMVU_ID,
    name=NAME,
    notAName=HASH,
    proposal=HASH,
    approval=HASH,
    auditEntry=U64,
    host=HOST_ID,
    meter=METER_ID,
    processor=PROCESSOR_ID,
    payment=Struct(processor=PROCESSOR_ID, external=EXTERNAL_ID),
    dispute=HASH,
    payout=HASH,
    consents=Struct(imvu=IMVU_ID, subject=HASH),
    snapshot=Struct(imvu=IMVU_ID, number=U64),
    mailbox=HASH,
    mailRoute=NAME,
    mailBook=IMVU_ID,
    governance=HASH,
)
OUTCOME = Enum(passed=None, refused=REASON)
VERDICT = Struct(
    code=U32,
    tx=HASH,
    actor=HASH,
    action=ACTION_KIND,
    subject=SUBJECT,
    imvu=Option(IMVU_ID),
    before=HASH,
    gates=List(Struct(gate=U8, outcome=OUTCOME), NO_BOUND),
    rule=Option(REASON),
)
