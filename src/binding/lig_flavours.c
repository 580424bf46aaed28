/* The flavour table of the core as a Lua table, for field checks, types and docs. */
#include "lig.h"

static void set_text(lua_State *L, const char *name, const char *text)
{
  if (!text || !text[0])
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, int number)
{
  lua_pushinteger(L, number);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool flag)
{
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, name);
}

static void set_evidence(lua_State *L, enum ig_evidence evidence)
{
  char letter[2] = {(char)evidence, '\0'};

  set_text(L, "evidence", letter);
}

static void push_fields(lua_State *L, const struct ig_field *field)
{
  int i;

  lua_newtable(L);
  for (i = 1; field && field->name; field++, i++) {
    lua_newtable(L);
    set_text(L, "name", field->name);
    set_text(L, "type", ig_field_type_name(field->type));
    set_number(L, "since", field->since);
    set_flag(L, "default", field->in_default);
    set_evidence(L, field->evidence);
    set_text(L, "note", field->note);
    lua_rawseti(L, -2, i);
  }
}

static void set_fields(lua_State *L, const char *name, const struct ig_field *fields)
{
  push_fields(L, fields);
  lua_setfield(L, -2, name);
}

static void set_scopes(lua_State *L, const struct ig_scope *scope)
{
  int i;

  lua_newtable(L);
  for (i = 1; scope->name; scope++, i++) {
    lua_newtable(L);
    set_text(L, "name", scope->name);
    set_text(L, "permission", scope->permission);
    set_flag(L, "required", scope->required);
    set_flag(L, "default", scope->in_default);
    set_evidence(L, scope->evidence);
    set_text(L, "note", scope->note);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "scopes");
}

static void set_edges(lua_State *L, const struct ig_edge *edge)
{
  int i;

  lua_newtable(L);
  for (i = 1; edge->name; edge++, i++) {
    lua_newtable(L);
    set_text(L, "name", edge->name);
    set_text(L, "on", edge->on);
    set_text(L, "permission", edge->permission);
    set_flag(L, "readable", edge->readable);
    set_flag(L, "writable", edge->writable);
    set_evidence(L, edge->evidence);
    set_text(L, "note", edge->note);
    if (edge->fields)
      set_fields(L, "fields", edge->fields);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "edges");
}

static void set_window_options(lua_State *L, const struct ig_window_option *option)
{
  int i;

  lua_newtable(L);
  for (i = 1; option && option->name; option++, i++) {
    lua_newtable(L);
    set_text(L, "name", option->name);
    set_text(L, "type", ig_field_type_name(option->type));
    set_evidence(L, option->evidence);
    set_text(L, "note", option->note);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "window_options");
}

static void set_addresses(lua_State *L, const struct ig_flavour *flavour)
{
  lua_newtable(L);
  set_text(L, "authorize", flavour->authorize_origin);
  set_text(L, "token", flavour->token_origin);
  set_text(L, "graph", flavour->graph_origin);
  lua_setfield(L, -2, "hosts");
  lua_newtable(L);
  set_text(L, "authorize", flavour->authorize_path);
  set_text(L, "token", flavour->token_path);
  set_text(L, "exchange", flavour->exchange_path);
  set_text(L, "refresh", flavour->refresh_path);
  lua_setfield(L, -2, "paths");
}

static void set_account_types(lua_State *L, const char *const *type)
{
  int i;

  lua_newtable(L);
  for (i = 1; *type; type++, i++) {
    lua_pushstring(L, *type);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "account_types");
}

static void push_flavour(lua_State *L, const struct ig_flavour *flavour)
{
  lua_newtable(L);
  set_text(L, "name", flavour->name);
  set_text(L, "title", flavour->title);
  set_addresses(L, flavour);
  set_scopes(L, flavour->scopes);
  set_text(L, "default_scope", flavour->default_scope);
  set_fields(L, "user_fields", flavour->user_fields);
  set_fields(L, "media_fields", flavour->media_fields);
  set_fields(L, "child_fields", flavour->child_fields);
  set_edges(L, flavour->edges);
  set_window_options(L, flavour->window_options);
  set_account_types(L, flavour->account_types);
  set_text(L, "user_path_field", flavour->user_path_field);
  set_flag(L, "can_publish", flavour->can_publish);
  set_number(L, "max_page", flavour->max_page);
  set_number(L, "default_page", flavour->default_page);
  set_number(L, "max_ids", flavour->max_ids);
}

void lig_push_flavours(lua_State *L)
{
  const struct ig_flavour *flavour;

  lua_newtable(L);
  for (flavour = ig_flavours; flavour->name; flavour++) {
    push_flavour(L, flavour);
    lua_setfield(L, -2, flavour->name);
  }
}
