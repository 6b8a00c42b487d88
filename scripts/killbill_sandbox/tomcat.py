"""Tomcat for one Kill Bill: a configuration with one port of 127.0.0.1, and the command that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from scripts.killbill_sandbox.artifacts import Installed
from scripts.killbill_sandbox.database import NAME, DatabaseServer

HEAP_MEGABYTES: Final = 768
_OPENED: Final = (
    *("java.security", "java.lang", "java.util", "java.net", "java.io", "java.text", "java.math"),
    *("sun.security.action", "sun.net", "java.util.concurrent", "sun.net.www.protocol.jar"),
)
"""Packages of java.base that Kill Bill's libraries reach into, as they could before Java 17."""

_SERVER_XML: Final = """\
<Server port="-1">
  <Service name="killbill">
    <Connector protocol="HTTP/1.1" address="127.0.0.1" port="{port}" URIEncoding="UTF-8"
               maxThreads="64" minSpareThreads="4" acceptCount="256"/>
    <Engine name="killbill" defaultHost="localhost">
      <Host name="localhost" appBase="applications" autoDeploy="false" deployOnStartup="false" unpackWARs="false">
        <Context path="" docBase={war} containerSciFilter=".*" reloadable="false" clearReferencesStopThreads="false">
          <JarScanner scanClassPath="false" scanManifest="false" scanBootstrapClassPath="false">
            <JarScanFilter defaultPluggabilityScan="false" defaultTldScan="false"/>
          </JarScanner>
        </Context>
      </Host>
    </Engine>
  </Service>
</Server>
"""
# Tomcat's own has a JSP compiler and a thousand file types; Kill Bill needs only a servlet for what is no resource.
_WEB_XML: Final = """\
<web-app>
  <servlet>
    <servlet-name>default</servlet-name>
    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
  </servlet>
  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
</web-app>
"""
_LOGBACK_XML: Final = """\
<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601, UTC} %-5level %logger{20} %message%n</pattern></encoder>
  </appender>
  <logger name="jdbc" level="OFF"/>
  <root level="WARN"><appender-ref ref="STDOUT"/></root>
</configuration>
"""


def write_configuration(folder: Path, installed: Installed, database: DatabaseServer, port: int) -> None:
    """Write all that Tomcat and Kill Bill read at their start into the folder."""
    for part in ("conf", "applications", "temp", "osgi"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    server = _SERVER_XML.format(port=port, war=quoteattr(str(installed.war)))
    (folder / "conf" / "server.xml").write_text(server, "utf-8")
    (folder / "conf" / "web.xml").write_text(_WEB_XML, "utf-8")
    (folder / "logback.xml").write_text(_LOGBACK_XML, "utf-8")
    lines = [f"{name}={value}\n" for name, value in _properties(folder, database, port).items()]
    secret = folder / "killbill.properties"
    secret.touch(0o600)
    secret.write_text("".join(lines), "utf-8")


def java_command(java: str, folder: Path, installed: Installed) -> list[str]:
    """The command that runs Tomcat with what `write_configuration` wrote into the folder."""
    libraries = installed.tomcat / "bin"
    return [
        *(java, f"-Xmx{HEAP_MEGABYTES}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        # With it Java leaves its folder for a moment as it starts, by which `runs` knows it.
        "-XX:-UsePerfData",
        *("-Duser.timezone=UTC", "-Djava.security.egd=file:/dev/./urandom", "-Dfile.encoding=UTF-8"),
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
        "--add-opens=java.management/sun.management=ALL-UNNAMED",
        f"-Dorg.killbill.server.properties={(folder / 'killbill.properties').as_uri()}",
        f"-Dlogback.configurationFile={folder / 'logback.xml'}",
        *(f"-Dcatalina.home={installed.tomcat}", f"-Dcatalina.base={folder}", f"-Djava.io.tmpdir={folder / 'temp'}"),
        *("-cp", f"{libraries / 'bootstrap.jar'}:{libraries / 'tomcat-juli.jar'}"),
        *("org.apache.catalina.startup.Bootstrap", "start"),
    ]


def _properties(folder: Path, database: DatabaseServer, port: int) -> Mapping[str, object]:
    """Kill Bill's settings: a clock that can be moved, queues that do not sleep, and no call to the internet."""
    properties: dict[str, object] = {
        "org.killbill.server.baseUrl": f"http://127.0.0.1:{port}",
        "org.killbill.server.test.mode": "true",
        "org.killbill.server.multitenant": "true",
        "org.killbill.server.updateCheck.skip": "true",
        "org.killbill.server.shutdownDelay": "0s",
        "org.killbill.security.shiroNbHashIterations": 1,
        "org.killbill.tenant.broadcast.rate": "1s",
        "org.killbill.notificationq.main.sleep": 50,
        "org.killbill.notificationq.main.claimed": 10,
        "org.killbill.notificationq.main.notification.nbThreads": 2,
        "org.killbill.osgi.root.dir": folder / "osgi",
        "org.killbill.osgi.bundle.install.dir": folder / "osgi",
    }
    for bus in ("main", "external"):
        properties |= {
            f"org.killbill.persistent.bus.{bus}.queue.mode": "STICKY_EVENTS",
            f"org.killbill.persistent.bus.{bus}.inflight.min": 1,
            f"org.killbill.persistent.bus.{bus}.inflight.max": 100,
            f"org.killbill.persistent.bus.{bus}.sleep": 10,
            f"org.killbill.persistent.bus.{bus}.nbThreads": 4,
        }
    for pool in ("org.killbill.dao", "org.killbill.billing.osgi.dao"):
        properties |= {
            f"{pool}.url": database.jdbc_url,
            f"{pool}.user": NAME,
            f"{pool}.password": database.password,
            f"{pool}.minIdle": 1,
            # A slow machine is no reason to call itself unhealthy.
            f"{pool}.healthCheckExpected99thPercentile": "60s",
            f"{pool}.connectionTimeout": "30s",
            f"{pool}.maxActive": 30 if pool == "org.killbill.dao" else 5,
        }
    return properties
