create type kinds.listed;
create function kinds.listed_in(cstring) returns kinds.listed
    language internal immutable strict as 'int4in';
create function kinds.listed_out(kinds.listed) returns cstring
    language internal immutable strict as 'int4out';
create type kinds.listed (
    internallength = 4, input = kinds.listed_in, output = kinds.listed_out, passedbyvalue,
    subscript = jsonb_subscript_handler, storage = plain, alignment = int4
);
create type kinds.gap as range (subtype = date, multirange_type_name = kinds."Ga ps");
create procedure kinds.standard(inout a integer) begin atomic select a + 1; end;
