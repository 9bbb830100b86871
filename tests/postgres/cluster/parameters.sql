grant set on parameter log_statement to app;
grant alter system, set on parameter work_mem to reader with grant option;
grant set on parameter "my.param" to public;
