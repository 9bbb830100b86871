set role app; grant writer to "user" with inherit false granted by app; reset role;
grant boss to app with admin true, inherit false, set false;
set role app; grant boss to reader; reset role;
