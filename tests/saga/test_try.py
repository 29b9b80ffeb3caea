def test_happy(world, saga):
    world.stocked()
    o = world.place_order()
    e = saga.drive(o)
    for ev in saga._client.get_execution_history(executionArn=saga._arn.replace("stateMachine","execution")+":"+e.name, maxResults=1000)["events"][-18:]: print({k:v for k,v in ev.items() if k not in("timestamp",)})
    assert 0
