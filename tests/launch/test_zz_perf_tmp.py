import io, time, cProfile, pstats, logging, pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.world import *
from lti_bridge.launch import lti11
PATH="/lti/1.1/launch/excel-basic"
def env(body, path=PATH):
    b=body.encode()
    return {"REQUEST_METHOD":"POST","PATH_INFO":path,"QUERY_STRING":"","SERVER_NAME":"localhost","SERVER_PORT":"8000","HTTP_HOST":"localhost:8000","CONTENT_TYPE":FORM,"CONTENT_LENGTH":str(len(b)),"wsgi.input":io.BytesIO(b),"wsgi.url_scheme":"http","REMOTE_ADDR":"127.0.0.1","wsgi.errors":io.StringIO(),"SERVER_PROTOCOL":"HTTP/1.1","HTTP_ACCEPT_LANGUAGE":"en"}
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who",["verify","learner","teacher"])
def test_perf(who):
    make_world(); h=WSGIHandler(); got=[]
    person = INES if who=="teacher" else ALICE
    def go(body):
        r=h(env(body), lambda s,hd: got.append(s)); 
        b"".join(r); r.close()
    if who=="verify":
        def go(body): lti11.verify(RequestFactory().post(PATH, body, content_type=FORM))
    bodies=[signed_body(launch_fields(person), path=PATH) for _ in range(1200)]
    for b in bodies[:100]: go(b)
    with CaptureQueriesContext(connection) as q: go(bodies[100])
    for x in q.captured_queries: print(x["sql"][:150])
    best=[]
    for b in bodies[101:1101]:
        t=time.thread_time(); go(b); best.append(time.thread_time()-t)
    best.sort(); print(who, "cpu ms min", best[0]*1000, "median", best[500]*1000); return
    for b in bodies[101:701]: go(b)
    print(who, "cpu ms", (time.process_time()-t)/600*1000, "wall ms", (time.perf_counter()-w)/600*1000, set(got))
    p=cProfile.Profile(); p.enable()
    for b in bodies[701:1000]: go(b)
    p.disable(); s=io.StringIO(); pstats.Stats(p,stream=s).sort_stats("cumulative").print_stats(45); print(s.getvalue()[:6500])
