from datetime import date
import time, pytest
from tests.fixtures.killbill_proofs import proven
pytestmark = [pytest.mark.killbill, pytest.mark.postgres]
def test_try(killbill_clock, killbill_tenant, fresh_database):
    with proven(killbill_clock, killbill_tenant, fresh_database, date(2027,8,1)) as p:
        p.life.opened(3)
        for n in range(1,4):
            p.life.let(n, 10000+n, start="2027-08-01", deposit=p.life.money(5000))
        for day in (date(2027,8,1), date(2027,9,1), date(2027,10,1)):
            t=time.monotonic(); p.move_to(day); t1=time.monotonic(); run=p.bill(); t2=time.monotonic()
            print(day, "move", round(t1-t,2), "bill", round(t2-t1,2), run.synced, run.steps, run.invoices, run.drift)
            for n in (1,2,3):
                p.life.give(p.life.pay(f"T{day}{n}", 10000+n, day.isoformat()), {f"l{n}": 10000+n})
            t2=time.monotonic(); run=p.bill(); t3=time.monotonic()
            print("pay", round(t3-t2,2), run.synced, run.steps, run.drift)
            t=time.monotonic(); n0=len(p.drift()); print(p.drift()); p.full_pass(); print("pass", round(time.monotonic()-t,2))
        print(p.asked.balance(p.key("l1")), [ (i["invoiceNumber"], i["amount"], i["balance"]) for i in p.asked.invoices(p.key("l1"))])
        for n in (1,2,3):
            t=time.monotonic(); p.asked.balance(p.key("l1")); print("read", time.monotonic()-t)
