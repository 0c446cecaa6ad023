/* api_int.h - what the files of the API share: api.c has the table. */
#ifndef YM_FLEET_API_INT_H
#define YM_FLEET_API_INT_H

#include "server_int.h"

#define YM_API_JSON "application/json"
enum { YM_API_ANSWER_MAX = 1 << 20 };

/* Arguments of an address.  False: it is there, and no number up to max, or too long, or no UTF-8. */
bool ym_api_number(struct ym_request *r, const char *name, uint64_t max, uint64_t *ret);
bool ym_api_text(struct ym_request *r, const char *name, char *ret, size_t size);

/* The body is a form with these fields (webcheck.h), and says that it is JSON. */
bool ym_api_form(struct ym_request *r, struct ym_form_field *fields, size_t n);
bool ym_api_empty_form(struct ym_request *r);

enum MHD_Result ym_api_malformed(struct ym_request *r);
/* Ends the buffer.  LIMIT: there is no such thing. */
enum MHD_Result ym_api_answer(struct ym_request *r, ym_status st, struct ym_buf *out,
                              const struct ym_err *err);
/* Of a change.  LIMIT is the state's no to what a person asked for: its words are for people. */
enum MHD_Result ym_api_done(struct ym_request *r, ym_status st, const struct ym_err *err);

/* --- api_session.c --- */
enum MHD_Result ym_api_sign_in(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_session(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_sign_out(struct ym_request *r, const char *rest);

/* --- api_fleet.c --- */
enum MHD_Result ym_api_machines(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_machine(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_machine_change(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_token(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_alerts(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_alert_change(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_alert_settings(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_rollouts(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_rollout_change(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_policy(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_people(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_person_remove(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_audit(struct ym_request *r, const char *rest);

/* --- api_figures.c --- */
enum MHD_Result ym_api_figures(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_country(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_groups(struct ym_request *r, const char *rest);
enum MHD_Result ym_api_findings(struct ym_request *r, const char *rest);

#endif
