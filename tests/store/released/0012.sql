-- A database of schema 0012 with invented rows, brought up from one of schema 0011.
BEGIN TRANSACTION;
CREATE TABLE agreed (
	workspace VARCHAR(40) NOT NULL, 
	ref VARCHAR(320) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	based BOOLEAN NOT NULL, 
	value JSON, 
	shown JSON NOT NULL, 
	round INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_agreed PRIMARY KEY (workspace, ref, field)
);
INSERT INTO "agreed" VALUES('main','trello:main:card:c1','client.site','deal-2',1,'"a.test"','["a.test"]',1,'2026-12-01T12:00:00.000000Z');
CREATE TABLE alarms (
	workspace VARCHAR(40) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	about VARCHAR(200) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	told_at VARCHAR(32), 
	known BOOLEAN NOT NULL, 
	mended_at VARCHAR(32), 
	details JSON NOT NULL, 
	CONSTRAINT pk_alarms PRIMARY KEY (workspace, kind, about)
);
INSERT INTO "alarms" VALUES('main','source_silent','planfix.task','2026-11-20T08:00:00.000000Z','2026-11-20T08:30:00.000000Z',1,NULL,'{"connector": "planfix"}');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012');
CREATE TABLE "checkpoints" (
	workspace VARCHAR(40) NOT NULL, 
	connector VARCHAR(40) NOT NULL, 
	cursor TEXT, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_checkpoints PRIMARY KEY (workspace, connector)
);
INSERT INTO "checkpoints" VALUES('main','planfix','1','2026-12-01T12:00:00.000000Z');
INSERT INTO "checkpoints" VALUES('main','trello','6','2026-12-01T12:00:00.000000Z');
INSERT INTO "checkpoints" VALUES('main','google_forms','5','2026-12-01T12:00:00.000000Z');
CREATE TABLE clients (
	client VARCHAR(40) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	dirty BOOLEAN NOT NULL, 
	CONSTRAINT pk_clients PRIMARY KEY (client)
);
INSERT INTO "clients" VALUES('client-1','main',19,1);
CREATE TABLE conflicts (
	n INTEGER NOT NULL, 
	"key" VARCHAR(40) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	why VARCHAR(20) NOT NULL, 
	held JSON NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	settled_at VARCHAR(32), 
	CONSTRAINT pk_conflicts PRIMARY KEY (n), 
	CONSTRAINT uq_conflicts_key UNIQUE ("key")
);
INSERT INTO "conflicts" VALUES(1,'0123456789','main','client-1','deal-2','client.site','owner','[{"place": "trello.card.site", "value": "b.test"}]','2026-12-01T12:00:00.000000Z',NULL);
CREATE TABLE deliveries (
	n INTEGER NOT NULL, 
	id VARCHAR(20) NOT NULL, 
	"key" VARCHAR(600) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	connector VARCHAR(20) NOT NULL, 
	lane VARCHAR(120) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	decision JSON NOT NULL, 
	cause JSON NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	next_at VARCHAR(32) NOT NULL, 
	attempts INTEGER NOT NULL, 
	first_tried_at VARCHAR(32), 
	doubt BOOLEAN NOT NULL, 
	lease_until VARCHAR(32), 
	fence INTEGER NOT NULL, 
	calls_off VARCHAR(80) NOT NULL, 
	fresh_past VARCHAR(32), 
	receipt JSON, 
	reason TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), background BOOLEAN DEFAULT 0 NOT NULL, late BOOLEAN DEFAULT 0 NOT NULL, together VARCHAR(20) DEFAULT '' NOT NULL, rule VARCHAR(80) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (n), 
	CONSTRAINT uq_deliveries_id UNIQUE (id), 
	CONSTRAINT uq_deliveries_key UNIQUE ("key")
);
INSERT INTO "deliveries" VALUES(1,'de9355f75d','remind:deal-2:trello:main:card:c1:label:2:VIP:send/hello/client','main','client-1','deal-2','telegram','chat:client-1','send_message','{"kind": "send_message", "to": "client", "text": "\u0412\u0456\u0442\u0430\u0454\u043c\u043e, \u0420\u043e\u043c\u0430\u0448\u043a\u0430", "template": "hello", "language": "uk", "gate": "", "chat": "", "values": {}, "buttons": []}','{"rule": "remind", "step": "", "event": "trello:main:card:c1:label:2:VIP", "depth": 1}','confirmed','2026-12-01T12:00:00.000000Z',1,'2026-12-01T12:00:00.000000Z',0,NULL,1,'remind',NULL,'{"at": "2026-12-01T12:00:00.000000Z", "remote": "telegram:bot:chat:501", "already": false, "details": {}}','','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z',0,0,'','remind');
INSERT INTO "deliveries" VALUES(2,'86a3fe0968','system.inbox_unmatched:google_forms:main:response:1:person:andrii','main','','','telegram','chat:person:andrii','send_message','{"kind": "send_message", "to": "person:andrii", "text": "unmatched \u0411\u0440\u0438\u0444 1", "template": "system.inbox_unmatched", "language": "uk", "gate": "", "chat": "", "values": {"inbox.form": "\u0411\u0440\u0438\u0444", "inbox.name": "x.test", "inbox.phone": "", "inbox.code": "NOBODY", "inbox.id": 1}, "buttons": []}','{"rule": "system.inbox_unmatched", "step": "", "event": "google_forms:main:response:1", "depth": 0}','confirmed','2026-12-01T12:00:00.000000Z',1,'2026-12-01T12:00:00.000000Z',0,NULL,1,'',NULL,'{"at": "2026-12-01T12:00:00.000000Z", "remote": "", "already": false, "details": {}}','','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z',0,0,'','system.inbox_unmatched');
INSERT INTO "deliveries" VALUES(3,'139d544b82','doc','main','client-1','deal-2','documents','card:deal-2','make_document','{"kind": "make_document", "template": "brief", "name": "\u0411\u0440\u0438\u0444", "language": "uk", "key": "k1", "version": 1, "data": {"a": "b"}, "formats": ["docx", "pdf"]}','{"rule": "rule", "step": "", "event": "event", "depth": 0}','confirmed','2026-12-01T12:00:00.000000Z',1,'2026-12-01T12:00:00.000000Z',0,NULL,1,'',NULL,'{"at": "2026-12-01T12:00:00.000000Z", "remote": "", "already": false, "details": {}}','','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z',0,0,'','rule');
INSERT INTO "deliveries" VALUES(4,'55cf172554','wf','main','client-1','deal-2','planfix','fields:deal-2','write_fields','{"kind": "write_fields", "record": "planfix.task", "values": {"site": "b.test"}, "because": {}}','{"rule": "rule", "step": "", "event": "event", "depth": 0}','confirmed','2026-12-01T12:00:00.000000Z',1,'2026-12-01T12:00:00.000000Z',0,NULL,1,'',NULL,'{"at": "2026-12-01T12:00:00.000000Z", "remote": "planfix:main:task:t1", "already": false, "details": {}}','','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z',0,0,'','rule');
INSERT INTO "deliveries" VALUES(5,'80cfa3e7f2','waiting','main','client-1','deal-2','trello','card:deal-2','comment_card','{"kind": "comment_card", "text": "\u0429\u0435 \u043d\u0435 \u043d\u0430\u0434\u0456\u0441\u043b\u0430\u043d\u043e", "template": ""}','{"rule": "rule", "step": "", "event": "event", "depth": 0}','waiting','2026-12-01T12:00:00.000000Z',0,NULL,0,NULL,0,'',NULL,NULL,'','2026-12-01T12:00:00.000000Z',NULL,0,0,'','rule');
CREATE TABLE documents (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	template VARCHAR(80) NOT NULL, 
	version INTEGER NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	format VARCHAR(10) NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	media_type VARCHAR(120) NOT NULL, 
	content BLOB NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (n), 
	CONSTRAINT uq_documents_subject_template_key_format UNIQUE (subject, template, "key", format)
);
INSERT INTO "documents" VALUES(1,'main','deal-2','brief',1,'k1','docx','Бриф.docx','application/x',X'6D6164652066696C65','2026-12-01T12:00:00.000000Z');
CREATE TABLE edges (
	rule VARCHAR(120) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	value BOOLEAN NOT NULL, 
	flips INTEGER NOT NULL, 
	CONSTRAINT pk_edges PRIMARY KEY (rule, subject)
);
INSERT INTO "edges" VALUES('remind','deal-2',1,1);
CREATE TABLE erasures (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	"by" VARCHAR(120) NOT NULL, 
	counts JSON NOT NULL, 
	CONSTRAINT pk_erasures PRIMARY KEY (n)
);
INSERT INTO "erasures" VALUES(1,'main','client-9','2026-11-20T10:00:00.000000Z','olena','{"events": 3}');
CREATE TABLE events (
	sequence INTEGER NOT NULL, 
	id VARCHAR(200) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	about VARCHAR(320) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	seen_at VARCHAR(32) NOT NULL, 
	actor JSON NOT NULL, 
	source VARCHAR(80) NOT NULL, 
	data JSON NOT NULL, 
	cause JSON, 
	state VARCHAR(12) NOT NULL, 
	parked_since VARCHAR(32), 
	CONSTRAINT pk_events PRIMARY KEY (sequence), 
	CONSTRAINT uq_events_id UNIQUE (id)
);
INSERT INTO "events" VALUES(1,'planfix:main:contact:7:born','main','client-1','client-1','planfix:main:contact:7','client.created','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "unknown", "id": "", "name": ""}','planfix','{"origin": "planfix"}','null','planned',NULL);
INSERT INTO "events" VALUES(2,'planfix:main:task:t1:born','main','client-1','deal-2','planfix:main:task:t1','deal.created','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "unknown", "id": "", "name": ""}','planfix','{"origin": "planfix"}','null','planned',NULL);
INSERT INTO "events" VALUES(3,'trello:main:card:c1:card','main','client-1','deal-2','trello:main:card:c1','card.created','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "unknown", "id": "", "name": ""}','trello','{"list": "\u041b\u0456\u0434", "origin": "trello"}','null','planned',NULL);
INSERT INTO "events" VALUES(4,'trello:main:card:c1:label:2:VIP','main','client-1','deal-2','trello:main:card:c1','label.added','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "unknown", "id": "", "name": ""}','trello','{"label": "VIP"}','null','planned',NULL);
INSERT INTO "events" VALUES(5,'receipt:de9355f75d:delivered','main','client-1','deal-2','','delivered','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "bridge", "id": "", "name": ""}','bridge','{"template": "hello", "delivery": "de9355f75d"}','{"rule": "remind", "step": "", "event": "trello:main:card:c1:label:2:VIP", "depth": 1}','planned',NULL);
INSERT INTO "events" VALUES(6,'google_forms:main:response:1:revision:1','main','','','google_forms:main:response:1','form.answered','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "client", "id": "", "name": ""}','google_forms','{"form": "brief", "title": "\u0411\u0440\u0438\u0444", "revision": 1, "answered_at": "2026-12-01T12:00:00.000000Z", "answers": [{"question": "site", "answer": "x.test"}], "values": {}}','null','unbound',NULL);
INSERT INTO "events" VALUES(7,'google_forms:main:response:2:revision:1','main','client-1','deal-2','google_forms:main:response:2','form.answered','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "client", "id": "", "name": ""}','google_forms','{"form": "brief", "title": "\u0411\u0440\u0438\u0444", "revision": 1, "answered_at": "2026-12-01T12:00:00.000000Z", "answers": [{"question": "site", "answer": "b.test"}], "values": {}}','null','planned',NULL);
INSERT INTO "events" VALUES(8,'trello:main:action:a1','main','client-1','deal-2','trello:main:card:c1','comment.added','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z','{"kind": "person", "id": "olena", "name": "\u041e\u043b\u0435\u043d\u0430"}','trello','{"text": "\u0414\u043e\u043c\u043e\u0432\u0438\u043b\u0438\u0441\u044c \u043d\u0430 \u0432\u0456\u0432\u0442\u043e\u0440\u043e\u043a"}','null','planned',NULL);
CREATE TABLE expected (
	ref VARCHAR(320) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	value JSON, 
	delivery VARCHAR(20) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_expected PRIMARY KEY (ref, field)
);
INSERT INTO "expected" VALUES('planfix:main:task:t1','site','"b.test"','55cf172554','2026-12-01T12:00:00.000000Z');
CREATE TABLE facts (
	subject VARCHAR(40) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	value JSON, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (subject, field)
);
INSERT INTO "facts" VALUES('deal-2','deal.note','"x"','2026-12-01T12:00:00.000000Z');
CREATE TABLE files (
	workspace VARCHAR(40) NOT NULL, 
	thing VARCHAR(320) NOT NULL, 
	file VARCHAR(320) NOT NULL, 
	hash VARCHAR(80) NOT NULL, 
	ours BOOLEAN NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (workspace, thing, file)
);
INSERT INTO "files" VALUES('main','trello:main:card:c1','trello:main:attachment:c1/a1','sha256:0000',1,'2026-12-01T12:00:00.000000Z');
CREATE TABLE floods (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	whose VARCHAR(12) NOT NULL, 
	about VARCHAR(120) NOT NULL, 
	amount VARCHAR(24) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	answer VARCHAR(12) NOT NULL, 
	"by" VARCHAR(120) NOT NULL, 
	answered_at VARCHAR(32), 
	CONSTRAINT pk_floods PRIMARY KEY (n)
);
INSERT INTO "floods" VALUES(1,'main','client','client-1','200 in 10m','2026-11-30T08:00:00.000000Z','','',NULL);
CREATE TABLE inbox (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	about VARCHAR(320) NOT NULL, 
	summary JSON NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	settled_at VARCHAR(32), 
	settled VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_inbox PRIMARY KEY (n), 
	CONSTRAINT uq_inbox_about UNIQUE (about)
);
INSERT INTO "inbox" VALUES(1,'main','answer','google_forms:main:response:1','{"form": "brief", "answered_at": "2026-12-01T12:00:00.000000Z", "token": "NOBODY", "answers": {"site": "x.test"}, "phones": [], "emails": []}','2026-12-01T12:00:00.000000Z',NULL,'');
CREATE TABLE journal (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	about VARCHAR(320) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	data JSON NOT NULL, 
	CONSTRAINT pk_journal PRIMARY KEY (n)
);
INSERT INTO "journal" VALUES(1,'main','client-1','merged','','2026-12-01T12:00:00.000000Z','{}');
CREATE TABLE keys (
	workspace VARCHAR(40) NOT NULL, 
	what VARCHAR(12) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	system VARCHAR(20) NOT NULL, 
	account VARCHAR(80) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	remote_id VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_keys PRIMARY KEY (workspace, what, value, system, account, kind, remote_id)
);
INSERT INTO "keys" VALUES('main','phone','+380501112233','planfix','main','contact','7');
CREATE TABLE lineage (
	n INTEGER NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	value JSON, 
	at VARCHAR(32) NOT NULL, 
	origin VARCHAR(300) NOT NULL, 
	delivery VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_lineage PRIMARY KEY (n)
);
INSERT INTO "lineage" VALUES(1,'deal-2','planfix.task.site','"b.test"','2026-12-01T12:00:00.000000Z','rule:rule','55cf172554');
INSERT INTO "lineage" VALUES(2,'deal-2','deal.note','"x"','2026-12-01T12:00:00.000000Z','by hand','');
CREATE TABLE links (
	workspace VARCHAR(40) NOT NULL, 
	system VARCHAR(20) NOT NULL, 
	account VARCHAR(80) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	remote_id VARCHAR(200) NOT NULL, 
	local_id VARCHAR(40) NOT NULL, 
	because VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_links PRIMARY KEY (workspace, system, account, kind, remote_id)
);
INSERT INTO "links" VALUES('main','planfix','main','contact','7','client-1','its own client','2026-12-01T12:00:00.000000Z');
INSERT INTO "links" VALUES('main','planfix','main','task','t1','deal-2','its own deal','2026-12-01T12:00:00.000000Z');
INSERT INTO "links" VALUES('main','trello','main','card','c1','deal-2','names planfix:main:task:t1','2026-12-01T12:00:00.000000Z');
INSERT INTO "links" VALUES('main','telegram','bot','chat','501','client-1','test','2026-12-01T12:00:00.000000Z');
INSERT INTO "links" VALUES('main','google_forms','main','response','2','deal-2','code Z94NWMW5RWXD','2026-12-01T12:00:00.000000Z');
CREATE TABLE meta (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('clock','2026-12-01T12:00:00.000000Z');
CREATE TABLE questions (
	id VARCHAR(20) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	asked_at VARCHAR(32) NOT NULL, 
	answered_at VARCHAR(32), 
	data JSON NOT NULL, 
	CONSTRAINT pk_questions PRIMARY KEY (id)
);
INSERT INTO "questions" VALUES('de9355f75d','main','client-1','deal-2','proposal','release','answered','2026-11-20T08:00:00.000000Z','2026-11-20T09:00:00.000000Z','{"about": "offer", "text": "Release?", "to": "person:olena", "buttons": ["approve", "refuse"], "step": "", "action": "propose/offer/head", "occurrence": "e1", "event": "e1", "round": 0, "role": "head", "holds": "", "document": "", "document_key": "", "because": "", "answer": "approve", "by": "olena", "again_at": null, "remark": ""}');
CREATE TABLE records (
	workspace VARCHAR(40) NOT NULL, 
	system VARCHAR(20) NOT NULL, 
	account VARCHAR(80) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	remote_id VARCHAR(200) NOT NULL, 
	version INTEGER NOT NULL, 
	hash VARCHAR(40) NOT NULL, 
	fields JSON NOT NULL, 
	url VARCHAR(400) NOT NULL, 
	changed_at VARCHAR(32), 
	read_at VARCHAR(32) NOT NULL, 
	deleted BOOLEAN NOT NULL, unknown JSON, 
	CONSTRAINT pk_records PRIMARY KEY (workspace, system, account, kind, remote_id)
);
INSERT INTO "records" VALUES('main','planfix','main','contact','7',1,'7351c275ba54c7f72c190e9d','{"name": "\u0420\u043e\u043c\u0430\u0448\u043a\u0430"}','',NULL,'2026-12-01T12:00:00.000000Z',0,'["site"]');
INSERT INTO "records" VALUES('main','planfix','main','task','t1',2,'','{"name": "\u0421\u0430\u0439\u0442", "prepaid": false, "site": "b.test"}','',NULL,'2026-12-01T12:00:00.000000Z',0,NULL);
INSERT INTO "records" VALUES('main','trello','main','card','c1',2,'099f07756faaa951d3d79fe8','{"name": "\u0420\u043e\u043c\u0430\u0448\u043a\u0430", "list": "\u041b\u0456\u0434", "labels": ["VIP"]}','',NULL,'2026-12-01T12:00:00.000000Z',0,NULL);
INSERT INTO "records" VALUES('main','google_forms','main','response','1',1,'0c4e80c289591c392be25a07','{"form": "brief", "revision": 1, "answered_at": "2026-12-01T12:00:00.000000Z", "answers": {"site": "x.test"}, "values": {}}','',NULL,'2026-12-01T12:00:00.000000Z',0,NULL);
INSERT INTO "records" VALUES('main','google_forms','main','response','2',1,'88c0372402b5c189587042a7','{"form": "brief", "revision": 1, "answered_at": "2026-12-01T12:00:00.000000Z", "answers": {"site": "b.test"}, "values": {}}','',NULL,'2026-12-01T12:00:00.000000Z',0,NULL);
CREATE TABLE rule_sets (
	n INTEGER NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	how VARCHAR(12) NOT NULL, 
	"by" VARCHAR(120) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	files JSON NOT NULL, 
	CONSTRAINT pk_rule_sets PRIMARY KEY (n)
);
INSERT INTO "rule_sets" VALUES(1,'main','9f2c4e','start','olena','2026-11-20T08:00:00.000000Z','{"rules/brief.yaml": "rules: []\n"}');
CREATE TABLE runs (
	rule VARCHAR(80) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	times INTEGER NOT NULL, 
	last_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (rule, subject)
);
INSERT INTO "runs" VALUES('remind','deal-2',1,'2026-12-01T12:00:00.000000Z');
CREATE TABLE sources (
	workspace VARCHAR(40) NOT NULL, 
	source VARCHAR(80) NOT NULL, 
	seen_up_to VARCHAR(32), 
	failing_since VARCHAR(32), 
	error TEXT NOT NULL, fault VARCHAR(12) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (workspace, source)
);
INSERT INTO "sources" VALUES('main','trello.card','2026-12-01T12:00:00.000000Z',NULL,'','');
CREATE TABLE stops (
	workspace VARCHAR(40) NOT NULL, 
	scope VARCHAR(20) NOT NULL, 
	about VARCHAR(120) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	"by" VARCHAR(120) NOT NULL, 
	reason VARCHAR(300) NOT NULL, 
	CONSTRAINT pk_stops PRIMARY KEY (workspace, scope, about)
);
INSERT INTO "stops" VALUES('main','rule','remind','2026-11-20T09:00:00.000000Z','olena','wrong text');
CREATE TABLE subjects (
	n INTEGER NOT NULL, 
	id VARCHAR(40) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	parent VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	alias_of VARCHAR(40) NOT NULL, 
	origin VARCHAR(20) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_subjects PRIMARY KEY (n), 
	CONSTRAINT uq_subjects_id UNIQUE (id)
);
INSERT INTO "subjects" VALUES(1,'client-1','main','client','','client-1','','planfix','2026-12-01T12:00:00.000000Z');
INSERT INTO "subjects" VALUES(2,'deal-2','main','deal','client-1','client-1','','planfix','2026-12-01T12:00:00.000000Z');
CREATE TABLE timers (
	"key" VARCHAR(400) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	step VARCHAR(80) NOT NULL, 
	start VARCHAR(32) NOT NULL, 
	due VARCHAR(32) NOT NULL, 
	formula VARCHAR(40) NOT NULL, 
	occurrence VARCHAR(300) NOT NULL, 
	because VARCHAR(300) NOT NULL, 
	data JSON NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	ended_because VARCHAR(300) NOT NULL, 
	CONSTRAINT pk_timers PRIMARY KEY ("key")
);
INSERT INTO "timers" VALUES('remind:deal-2:once:wait','main','client-1','deal-2','remind','wait','2026-12-01T12:00:00.000000Z','2026-12-03T12:00:00.000000Z','2d','once','','{}','live','');
CREATE TABLE tokens (
	token VARCHAR(64) NOT NULL, 
	workspace VARCHAR(40) NOT NULL, 
	purpose VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	used_at VARCHAR(32), 
	used_by VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_tokens PRIMARY KEY (token)
);
INSERT INTO "tokens" VALUES('7GVZPGXC5EQ7A7EX4SJ6','main','start','client-1','2026-12-01T12:00:00.000000Z',NULL,'');
INSERT INTO "tokens" VALUES('Z94NWMW5RWXD','main','brief','deal-2','2026-12-01T12:00:00.000000Z',NULL,'');
CREATE TABLE traces (
	n INTEGER NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	step VARCHAR(80) NOT NULL, 
	event VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	outcome VARCHAR(24) NOT NULL, 
	reason TEXT NOT NULL, 
	tree JSON NOT NULL, 
	change JSON NOT NULL, 
	ruleset VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_traces PRIMARY KEY (n)
);
INSERT INTO "traces" VALUES(1,'client-1','deal-2','remind','','trello:main:card:c1:label:2:VIP','2026-12-01T12:00:00.000000Z','fired','','[]','[]','2d3b199f3ab46d6c');
CREATE TABLE waits (
	what VARCHAR(400) NOT NULL, 
	client VARCHAR(40) NOT NULL, 
	subject VARCHAR(40) NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	sources JSON NOT NULL, 
	past VARCHAR(32) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	told_at VARCHAR(32), 
	CONSTRAINT pk_waits PRIMARY KEY (what)
);
INSERT INTO "waits" VALUES('remind:deal-2:once:wait','client-1','deal-2','remind','["planfix.task"]','2026-12-01T12:00:00.000000Z','2026-12-01T12:00:00.000000Z',NULL);
CREATE INDEX ix_clients_dirty ON clients (dirty);
CREATE INDEX ix_events_about ON events (about);
CREATE INDEX ix_events_client_state ON events (client, state, sequence);
CREATE INDEX ix_lineage_subject_field ON lineage (subject, field, n);
CREATE INDEX ix_links_local_id ON links (local_id);
CREATE INDEX ix_subjects_client ON subjects (client);
CREATE INDEX ix_timers_client ON timers (client, state);
CREATE INDEX ix_tokens_subject ON tokens (subject);
CREATE INDEX ix_traces_subject ON traces (subject, n);
CREATE INDEX ix_waits_client ON waits (client);
CREATE INDEX ix_timers_state_due ON timers (workspace, state, due);
CREATE INDEX ix_deliveries_state_next ON deliveries (workspace, state, next_at);
CREATE INDEX ix_deliveries_lane ON deliveries (lane, state, n);
CREATE INDEX ix_deliveries_connector ON deliveries (workspace, connector, state, next_at, lane);
CREATE INDEX ix_subjects_parent ON subjects (parent);
CREATE INDEX ix_edges_subject ON edges (subject);
CREATE INDEX ix_runs_subject ON runs (subject);
CREATE INDEX ix_expected_delivery ON expected (delivery);
CREATE INDEX ix_questions_client ON questions (client);
CREATE INDEX ix_journal_about ON journal (about, n);
CREATE INDEX ix_journal_at ON journal (at);
CREATE INDEX ix_deliveries_rule ON deliveries (workspace, rule, first_tried_at);
CREATE INDEX ix_deliveries_client ON deliveries (client, first_tried_at);
CREATE INDEX ix_agreed_subject ON agreed (subject);
CREATE INDEX ix_conflicts_client ON conflicts (client);
CREATE INDEX ix_keys_thing ON keys (workspace, system, account, kind, remote_id);
CREATE INDEX ix_links_kind ON links (workspace, system, kind, remote_id);
COMMIT;
