//! Types, collations, conversions, and the parts of text search.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("enum", "TYPE", 10),
        "create type kit.mood as enum ('sad', 'it''s fine');",
        "^CREATE TYPE kit\\.mood AS ENUM \\(\n    'sad',\n    'it''s fine'\n\\);$",
        ("pre", ""),
    ),
    object(
        ("composite type", "", 10),
        "create type kit.pair as (a integer, b text);",
        "^CREATE TYPE kit\\.pair AS \\(\n\ta integer,\n\tb text\n\\);$",
        ("pre", ""),
    ),
    object(
        ("range type", "", 10),
        "create type kit.span as range (subtype = float8);",
        "^CREATE TYPE kit\\.span AS RANGE \\(\n    subtype = double precision",
        ("pre", ""),
    ),
    object(
        ("shell of a base type", "SHELL TYPE", 10),
        "create type kit.whole;
         create function kit.whole_in(cstring) returns kit.whole language internal strict immutable
             as 'int4in';
         create function kit.whole_out(kit.whole) returns cstring language internal strict immutable
             as 'int4out';",
        r"^CREATE TYPE kit\.whole;$",
        ("pre", ""),
    ),
    object(
        ("base type", "", 10),
        "create type kit.whole (internallength = 4, input = kit.whole_in, output = kit.whole_out,
                                alignment = int4, default = '42', passedbyvalue);",
        "^CREATE TYPE kit\\.whole \\(\n    INTERNALLENGTH = 4,\n    INPUT = kit\\.whole_in,",
        ("pre", ""),
    ),
    object(
        ("domain", "DOMAIN", 10),
        "create domain kit.short as text check (length(value) < 9);",
        "^CREATE DOMAIN kit\\.short AS text\n\tCONSTRAINT short_check CHECK \\(\\(length\\(VALUE\\) < 9\\)\\);$",
        ("pre", ""),
    ),
    object(
        ("collation", "COLLATION", 10),
        "create collation kit.plain from \"C\";",
        r"^CREATE COLLATION kit\.plain \(provider = libc, locale = 'C'\);$",
        ("pre", ""),
    ),
    object(
        ("conversion", "CONVERSION", 10),
        "create conversion kit.from_latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;",
        r"^CREATE CONVERSION kit\.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;$",
        ("pre", ""),
    ),
    object(
        ("text search parser", "TEXT SEARCH PARSER", 10),
        "create text search parser kit.parse (start = prsd_start, gettoken = prsd_nexttoken,
                                              end = prsd_end, lextypes = prsd_lextype);",
        r"^CREATE TEXT SEARCH PARSER kit\.parse \($",
        ("pre", ""),
    ),
    object(
        ("text search template", "TEXT SEARCH TEMPLATE", 10),
        "create text search template kit.mould (lexize = dsimple_lexize);",
        r"^CREATE TEXT SEARCH TEMPLATE kit\.mould \($",
        ("pre", ""),
    ),
    object(
        ("text search dictionary", "TEXT SEARCH DICTIONARY", 10),
        "create text search dictionary kit.words (template = simple);",
        r"^CREATE TEXT SEARCH DICTIONARY kit\.words \($",
        ("pre", ""),
    ),
    object(
        ("text search configuration", "TEXT SEARCH CONFIGURATION", 10),
        "create text search configuration kit.search (copy = pg_catalog.simple);",
        r"^CREATE TEXT SEARCH CONFIGURATION kit\.search \($",
        ("pre", ""),
    ),
    object(
        ("owner of a type", "", 10),
        "alter type kit.mood owner to kit_owner;",
        r"^ALTER TYPE kit\.mood OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on an enum", "", 10),
        "comment on type kit.mood is 'how it is';",
        r"^COMMENT ON TYPE kit\.mood IS 'how it is';$",
        ("pre", "no_comments"),
    ),
    object(
        ("grant on a type", "", 10),
        "grant usage on type kit.mood to kit_reader;",
        r"^GRANT ALL ON TYPE kit\.mood TO kit_reader;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("right of all on a type taken away", "", 10),
        "revoke usage on type kit.pair from public;",
        r"^REVOKE ALL ON TYPE kit\.pair FROM PUBLIC;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("comment on a column of a composite type", "", 10),
        "comment on column kit.pair.a is 'the first';",
        r"^COMMENT ON COLUMN kit\.pair\.a IS 'the first';$",
        ("pre", "no_comments"),
    ),
    object(
        ("type that is not defined", "", 10),
        "create type kit.promised;",
        r"^CREATE TYPE kit\.promised;$",
        ("pre", ""),
    ),
    object(
        ("comment on a type that is not defined", "", 10),
        "comment on type kit.promised is 'later';",
        r"^COMMENT ON TYPE kit\.promised IS 'later';$",
        ("pre", "no_comments"),
    ),
    object(
        ("range type with a collation", "", 10),
        "create type kit.names as range (subtype = text, collation = \"C\");",
        "^CREATE TYPE kit\\.names AS RANGE \\(\n    subtype = text,\n(    multirange_type_name = kit\\.\\w+,\n)?    collation = pg_catalog\\.C\n\\);$",
        ("pre", ""),
    ),
    object(
        ("range type with its difference", "", 10),
        "create type kit.times as range (subtype = float8, subtype_diff = float8mi);",
        "^CREATE TYPE kit\\.times AS RANGE \\(\n    subtype = double precision,\n(    multirange_type_name = kit\\.\\w+,\n)?    subtype_diff = float8mi\n\\);$",
        ("pre", ""),
    ),
    object(
        ("domain of everything", "", 10),
        "create domain kit.code as text collate \"C\" default 'x' not null
             constraint code_short check (length(value) < 5);",
        "^CREATE DOMAIN kit\\.code AS text COLLATE pg_catalog\\.C NOT NULL DEFAULT 'x'::text\n\tCONSTRAINT code_short CHECK \\(\\(length\\(VALUE\\) < 5\\)\\);$",
        ("pre", ""),
    ),
    object(
        ("domain with a named not-null constraint", "", 17),
        "create domain kit.needed as integer constraint must_be not null;",
        r"^CREATE DOMAIN kit\.needed AS integer CONSTRAINT must_be NOT NULL;$",
        ("pre", ""),
    ),
    object(
        ("constraint of a domain that does not hold yet", "", 10),
        "alter domain kit.code add constraint code_later check (value <> 'no') not valid;",
        "^ALTER DOMAIN kit\\.code\n    ADD CONSTRAINT code_later CHECK \\(\\(VALUE <> 'no'::text\\)\\) NOT VALID;$",
        ("post", ""),
    ),
    object(
        ("comment on a constraint of a domain", "", 10),
        "comment on constraint code_short on domain kit.code is 'four at most';",
        r"^COMMENT ON CONSTRAINT code_short ON DOMAIN kit\.code IS 'four at most';$",
        ("pre", "no_comments"),
    ),
    object(
        ("comment on a domain", "", 10),
        "comment on domain kit.code is 'a code';",
        r"^COMMENT ON DOMAIN kit\.code IS 'a code';$",
        ("pre", "no_comments"),
    ),
    object(
        ("grant on a domain", "", 10),
        "grant usage on domain kit.code to kit_reader;",
        r"^GRANT ALL ON TYPE kit\.code TO kit_reader;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("owner of a collation", "", 10),
        "alter collation kit.plain owner to kit_owner;",
        r"^ALTER COLLATION kit\.plain OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a collation", "", 10),
        "comment on collation kit.plain is 'by bytes';",
        r"^COMMENT ON COLLATION kit\.plain IS 'by bytes';$",
        ("pre", "no_comments"),
    ),
    object(
        ("collation that is not deterministic", "", 12),
        "create collation kit.loose (provider = icu, locale = 'und', deterministic = false);",
        r"^CREATE COLLATION kit\.loose \(provider = icu, deterministic = false, locale = 'und'\);$",
        ("pre", ""),
    ),
    object(
        ("collation with rules", "", 16),
        "create collation kit.ruled (provider = icu, locale = 'en', rules = '&b < a');",
        r"^CREATE COLLATION kit\.ruled \(provider = icu, locale = 'en', rules = '&b < a'\);$",
        ("pre", ""),
    ),
    object(
        ("collation of the server's own", "", 17),
        "create collation kit.builtin (provider = builtin, locale = 'C.UTF-8');",
        r"^CREATE COLLATION kit\.builtin \(provider = builtin, locale = 'C\.UTF-8'\);$",
        ("pre", ""),
    ),
    object(
        ("default conversion", "", 10),
        "create default conversion kit.usual for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;",
        r"^CREATE DEFAULT CONVERSION kit\.usual FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;$",
        ("pre", ""),
    ),
    object(
        ("owner of a conversion", "", 10),
        "alter conversion kit.usual owner to kit_owner;",
        r"^ALTER CONVERSION kit\.usual OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a conversion", "", 10),
        "comment on conversion kit.usual is 'to Unicode';",
        r"^COMMENT ON CONVERSION kit\.usual IS 'to Unicode';$",
        ("pre", "no_comments"),
    ),
    object(
        ("comment on a text search parser", "", 10),
        "comment on text search parser kit.parse is 'parses';",
        r"^COMMENT ON TEXT SEARCH PARSER kit\.parse IS 'parses';$",
        ("pre", "no_comments"),
    ),
    object(
        ("comment on a text search template", "", 10),
        "comment on text search template kit.mould is 'moulds';",
        r"^COMMENT ON TEXT SEARCH TEMPLATE kit\.mould IS 'moulds';$",
        ("pre", "no_comments"),
    ),
    object(
        ("text search dictionary with options", "", 10),
        "create text search dictionary kit.stems (template = simple, accept = false);",
        "^CREATE TEXT SEARCH DICTIONARY kit\\.stems \\(\n    TEMPLATE = pg_catalog\\.simple,\n    accept = '?false'? \\);$",
        ("pre", ""),
    ),
    object(
        ("owner of a text search dictionary", "", 10),
        "alter text search dictionary kit.words owner to kit_owner;",
        r"^ALTER TEXT SEARCH DICTIONARY kit\.words OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a text search dictionary", "", 10),
        "comment on text search dictionary kit.words is 'words';",
        r"^COMMENT ON TEXT SEARCH DICTIONARY kit\.words IS 'words';$",
        ("pre", "no_comments"),
    ),
    object(
        ("mapping of a text search configuration", "", 10),
        "alter text search configuration kit.search alter mapping for word with kit.words, simple;",
        "^ALTER TEXT SEARCH CONFIGURATION kit\\.search\n    ADD MAPPING FOR word WITH kit\\.words, simple;$",
        ("pre", ""),
    ),
    object(
        ("owner of a text search configuration", "", 10),
        "alter text search configuration kit.search owner to kit_owner;",
        r"^ALTER TEXT SEARCH CONFIGURATION kit\.search OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a text search configuration", "", 10),
        "comment on text search configuration kit.search is 'searches';",
        r"^COMMENT ON TEXT SEARCH CONFIGURATION kit\.search IS 'searches';$",
        ("pre", "no_comments"),
    ),
];
