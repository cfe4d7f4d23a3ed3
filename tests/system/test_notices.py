"""The whole road: a simulated fault, over Modbus, into the store, out as a mail."""

from __future__ import annotations

from pathlib import Path

from celador import app
from celador.cli.demo import demo_config
from celador.config import ChannelConfig, NotifyConfig
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from tests.notify.servers import SmtpSink
from tests.system.test_monitor import until


async def test_a_lockout_of_the_simulator_arrives_as_a_mail(tmp_path: Path) -> None:
    simulation = await serve(SimulateOptions(port=0, speed=10.0))
    try:
        with SmtpSink().serving() as smtp:
            channel = ChannelConfig(
                host="127.0.0.1",
                port=smtp.port,
                tls="none",
                from_address="celador@coop.example",
                to=("ana@coop.example",),
            )
            config = demo_config(simulation, tmp_path / "mail.db")
            config = config.model_copy(update={"notify": NotifyConfig(channels=(channel,))})
            async with app.monitor(config) as running:
                known = running.live.devices[1]
                await until(lambda: len(known.trend) >= 3)
                device = simulation.fleet.devices["sim-001"]
                device.controller.play("S2", device.clock.now())
                await until(lambda: any("[CRÍTICA]" in mail.subject for mail in smtp.mails))
            mail = next(mail for mail in smtp.mails if "[CRÍTICA]" in mail.subject)
    finally:
        await simulation.close()
    assert mail.subject.startswith("[CRÍTICA] sim-001: Bloqueo por falla")
    assert "Qué hacer: Recorrer la línea" in mail.text
    assert "Estado del equipo: " in mail.text or "Última medición, anterior: " in mail.text
    assert len({each.message["X-Celador-Aviso"] for each in smtp.mails}) == len(smtp.mails)
